"""Another video leads a scene: its pictures are registered in the space of the scene's motion modes.

What happens to each picture of a lead, so that other players can do the same:

1. `pyramid`: the middle of its region, in the scene's proportions, is reduced to 128 pixels (means over areas), made
   grey, mirrored for cameras, halved twice, and at each size freed of slow shading (less the mean of 15 × 15 pixels).
   At 16 × 16 pixels, less its mean, it is the picture's look.
2. `tracking`: the reference with the nearest look is chosen. A relative lead has one reference, its own calm picture
   (the medoid of looks), in pose 0. An absolute lead has up to 48, pictures of observed embeddings that are far apart,
   each in its own pose.
3. `registration`: Gauss-Newton steps, from the smallest size to the largest, find the coefficients c in spreads that
   minimise, over at most 1,500 points x, the mean of ρ(picture(x) − reference(x + Σ c_s φ_s(x))) and RIDGE · |c|², with
   ρ(d) = ROBUST² · log(1 + (d / ROBUST)²). They begin at 0 or where the last picture was, whichever costs less at the
   smallest size. Eight references are then compared in that pose; if one costs clearly less, it replaces the first.
4. Where the cost stays above LOST, the picture shows something else: it asks for nothing.
5. `leader`: the pose is the reference's + c. An absolute lead is drawn from the reference's embedding. A relative lead
   adds the pose to that of the scene's calm frame (the medoid of poses), and is drawn from the three observed
   embeddings with the nearest poses (`poses`). The pose comes softly to a bound around what it is drawn from.
6. `drivers/lead.py`: per frame of the scene, what it is drawn from and the pose are smoothed, and what the pose has
   beyond that is the frame's offset. So keyframes change with the lead, and the rest is motion.
"""
