"""How long a request is held: what tools/models/core/hold.cpp draws from seed and target."""

WHOLE = (1 << 64) - 1


def held_ms(target, least_ms, most_ms, seed):
    h = 0xcbf29ce484222325 ^ seed
    for byte in target.encode():
        h = (h ^ byte) * 0x100000001b3 & WHOLE
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9 & WHOLE
    h = (h ^ h >> 27) * 0x94d049bb133111eb & WHOLE
    h ^= h >> 31
    return least_ms + h % (most_ms - least_ms + 1)
