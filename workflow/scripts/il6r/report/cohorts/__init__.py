"""What is to be known of each cohort?"""
