"""Cycles among parents and among replacements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

_Links = npt.NDArray[np.int32]
_Mask = npt.NDArray[np.bool_]


def cyclic_links(children: _Links, parents: _Links, count: int) -> _Mask:
    """Tell for each link child -> parent whether it lies on a cycle.

    Args:
        children: concept ordinals, int32[L].
        parents: concept ordinals, int32[L].
        count: number of concepts.
    """
    if not len(children):
        return np.zeros(0, dtype=np.bool_)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(children), dtype=np.int8), (children, parents)), shape=(count, count))
    _, component = connected_components(links.tocsr(), directed=True, connection="strong")
    on_cycle: _Mask = component[children] == component[parents]
    return on_cycle


def upward_links(children: _Links, parents: _Links, count: int) -> _Mask:
    """Tell for each link child -> parent whether the parent is nearer to a root than the child.

    Links of which this holds make no cycle. Arguments as for `cyclic_links`.
    """
    far = np.iinfo(np.int32).max
    depth = np.full(count, far, dtype=np.int32)
    has_parent = np.zeros(count, dtype=np.bool_)
    has_parent[children] = True
    depth[~has_parent] = 0
    level = 0
    reached = np.flatnonzero(~has_parent)
    while len(reached):
        level += 1
        on_level = np.zeros(count, dtype=np.bool_)
        on_level[reached] = True
        below = np.unique(children[on_level[parents]])
        reached = below[depth[below] == far]
        depth[reached] = level
    upward: _Mask = depth[parents] < depth[children]
    return upward


def find_cycle(targets: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Give one cycle of a directed graph, its first id repeated at the end; empty where there is none.

    The cycle is the first met going through ids and targets in the order given.
    """
    done: set[str] = set()
    for start in targets:
        path: list[str] = []
        on_path: dict[str, int] = {}
        waiting = [(start, iter(targets[start]))] if start not in done else []
        if waiting:
            path.append(start)
            on_path[start] = 0
        while waiting:
            current, rest = waiting[-1]
            step = next(rest, None)
            if step is None:
                waiting.pop()
                path.pop()
                del on_path[current]
                done.add(current)
            elif step in on_path:
                return (*path[on_path[step] :], step)
            elif step not in done and step in targets:
                on_path[step] = len(path)
                path.append(step)
                waiting.append((step, iter(targets[step])))
    return ()
