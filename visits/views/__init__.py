"""The doors to visits, plans and days."""
