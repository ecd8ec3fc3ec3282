"""How much sIL-6R, IL-6 and sgp130 is there, and how sure is that?"""
