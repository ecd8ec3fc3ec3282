"""How active are people, on which valid days?"""
