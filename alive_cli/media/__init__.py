"""Pixels in and out of video files, through the ffmpeg binary that imageio-ffmpeg carries."""
