"""Which figures are there?"""
