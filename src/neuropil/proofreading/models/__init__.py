"""Trained models that judge the objects of a segmentation."""
