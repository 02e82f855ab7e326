"""What is taken away from a comparison: one HTML file, pictures, and tables of numbers."""
