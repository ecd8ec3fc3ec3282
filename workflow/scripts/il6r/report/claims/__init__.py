"""How does each claim stand, and what else was estimated?"""
