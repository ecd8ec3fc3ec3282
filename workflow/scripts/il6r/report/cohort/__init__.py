"""Who is in the analysis, and where did the others go?"""
