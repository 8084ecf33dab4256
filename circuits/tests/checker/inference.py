class Inference:
    pass
