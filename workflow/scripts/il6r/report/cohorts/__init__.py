"""What is known of each cohort?"""
