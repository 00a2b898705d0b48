"""Files of pay and recognition: documents, pictures, tables."""
