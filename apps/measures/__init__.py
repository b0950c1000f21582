"""What must be done and what was done: measures, deadlines, progress reports, evidence, figures, regulations."""
