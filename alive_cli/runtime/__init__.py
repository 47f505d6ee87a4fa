"""Playing a bundle with numpy and onnxruntime; torch is never imported here."""
