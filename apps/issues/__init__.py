"""What was found: inspections, categories, issues, activities, closures and look-backs."""
