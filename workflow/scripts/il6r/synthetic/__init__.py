"""What would a cohort with this known truth look like, in the files real cohorts arrive in?"""
