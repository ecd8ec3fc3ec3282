"""Can each cohort's data be trusted?"""
