"""How are verdicts made?"""
