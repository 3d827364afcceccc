"""From a lock to verified files in a project: plan, fetch, place, and check again later."""
