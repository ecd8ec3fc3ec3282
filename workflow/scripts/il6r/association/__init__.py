"""What is the effect of the variant in this cohort?"""
