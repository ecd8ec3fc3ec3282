"""Does this cohort, and do all cohorts together, agree with what was published?"""
