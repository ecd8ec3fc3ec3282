"""How active is each person, on which valid days?"""
