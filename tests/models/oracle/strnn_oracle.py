"""STRNN's equations (1) to (6) as loops over cells in float64, written apart from the package as its oracle."""

import numpy as np

STEPS = {  # of each corner, the cells that were visited before cell (i, j)
    "TL": ((0, -1), (-1, -1), (-1, 0)),
    "TR": ((0, 1), (-1, 1), (-1, 0)),
    "BL": ((0, -1), (1, -1), (1, 0)),
    "BR": ((0, 1), (1, 1), (1, 0)),
}
CORNERS = tuple(STEPS)


def predecessors(corner, cells):
    """For each site, the sites among the three cells on the corner's side."""
    site_at = {cell: k for k, cell in enumerate(cells)}
    return [[site_at[i + a, j + b] for a, b in STEPS[corner] if (i + a, j + b) in site_at] for i, j in cells]


def scan_order(corner, cells):
    """Sites row by row and column by column, beginning at the corner."""
    down, right = (1 if corner[0] == "T" else -1), (1 if corner[1] == "L" else -1)
    return sorted(range(len(cells)), key=lambda k: (down * cells[k][0], right * cells[k][1]))


def spatial_states(x, U, W, b, cells):
    """(N, S, F) -> (N, R, S, h)."""
    H = np.zeros((len(x), len(U), x.shape[1], U.shape[1]))
    for r, corner in enumerate(CORNERS[: len(U)]):
        before = predecessors(corner, cells)
        for n in range(len(x)):
            for k in scan_order(corner, cells):
                a = b[r] + U[r] @ x[n, k]
                for p in before[k]:
                    a = a + W[r] @ H[n, r, p]
                H[n, r, k] = np.maximum(a, 0)
    return H


def merged(H, G, P):
    """(N, R, S, h) -> (N, D): node l of direction r, unit by unit, row-major."""
    R, h, L = len(G), H.shape[3], G.shape[2]
    m = np.zeros((len(H), len(P)))
    for n in range(len(H)):
        for r in range(R):
            block = P[:, r * L * h : (r + 1) * L * h]
            m[n] += block @ (G[r].T @ H[n, r]).reshape(-1)
    return m


def temporal_states(m, R, V, b, activation):
    """(T, D) -> f (T, e) from the first slice on, g (T, e) from the last."""
    f, g = np.zeros((len(m), R.shape[1])), np.zeros((len(m), R.shape[1]))
    for t in range(len(m)):
        f[t] = activation(R[0] @ m[t] + b[0] + (V[0] @ f[t - 1] if t else 0))
    for t in reversed(range(len(m))):
        g[t] = activation(R[1] @ m[t] + b[1] + (V[1] @ g[t + 1] if t + 1 < len(m) else 0))
    return f, g


def window_states(x, mask, weights, cells, activation):
    """(T, S, F), valid slices (T,) -> f, g (T, e); slices that are not valid are zeros before (4) and before (5)."""
    w = weights
    m = merged(spatial_states(x, w["U"], w["W"], w["b"], cells), w["G"], w["P"]) * mask[:, None]
    f, g = temporal_states(m, w["R"], w["V"], w["c"], activation)
    return f * mask[:, None], g * mask[:, None]


def slices(x, mask, weights, cells, activation):
    """(B, T, S, F), (B, T) -> (B, T, 2 e): the temporal states side by side."""
    windows = zip(x, mask, strict=True)
    return np.array([np.concatenate(window_states(*window, weights, cells, activation), axis=1) for window in windows])


def strnn(x, mask, weights, cells, activation):
    """(B, T, S, F), (B, T) -> (B, C): from ``weights``, a dict of arrays by the paper's letters."""
    w, outputs = weights, []
    for window, valid in zip(x, mask, strict=True):
        f, g = window_states(window, valid, w, cells, activation)
        q = np.concatenate([(w["Q"][0].T @ f).ravel(), (w["Q"][1].T @ g).ravel()])
        outputs.append(w["F"] @ q)
    return np.array(outputs)
