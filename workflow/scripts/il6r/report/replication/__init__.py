"""Do the cohorts agree with what was published?"""
