"""How much sIL-6R, IL-6 and sgp130 is in each sample, and how sure is that?"""
