"""A device's solve in numpy: rows, factors, ratings and repeats from the command line; prints milliseconds of CPU a solve."""
import sys
import time

import numpy as np

rows, factors, ratings, repeats = map(int, sys.argv[1:])
rng = np.random.default_rng(1)
items = rng.normal(size=(rows, factors + 1)).astype(np.float32) * 0.1
z = np.hstack([items, np.ones((rows, 1), np.float32)]).astype(np.float64)
gram = z.T @ z
unknowns = [*range(factors), factors + 1]
rated = rng.choice(rows, ratings, replace=False)


def solve():
    q = z[np.ix_(rated, unknowns)]
    left = gram[np.ix_(unknowns, unknowns)] + q.T @ q + 10 * np.eye(factors + 1)
    right = -gram[unknowns, factors] + q.T @ (2 - z[rated, factors])
    right[factors] += 5
    return np.linalg.solve(left, right)


started = time.process_time()
for _ in range(repeats):
    solve()
print(1000 * (time.process_time() - started) / repeats)
