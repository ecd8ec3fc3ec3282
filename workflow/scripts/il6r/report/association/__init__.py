"""What is the effect in each cohort?"""
