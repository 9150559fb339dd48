"""The main job: many CVs in, each one accounted for, under the rate limit and within the budget."""
