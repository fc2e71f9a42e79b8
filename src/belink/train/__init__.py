"""Recipes that make models; PyTorch is imported here and nowhere else."""
