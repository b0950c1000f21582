"""Who is late: supervision groups, flags, letters, site checks, dashboards."""
