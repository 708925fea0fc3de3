// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Cycles in a small graph, and the cheapest way to be rid of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque, btree_map::Entry};

/// How much each arrow holds together, by the numbers of its ends.
pub(crate) type Weights = BTreeMap<(usize, usize), usize>;

/// More nodes than this have too many orders to try.
const MOST_TO_ORDER: usize = 18;

/// The groups of nodes that all reach each other, each of more than one node.
pub(crate) fn groups(weights: &Weights) -> Vec<Vec<usize>> {
    let nodes: BTreeSet<_> = weights.keys().flat_map(|&(from, to)| [from, to]).collect();
    let reached: BTreeMap<_, _> =
        nodes.iter().map(|&node| (node, reachable(weights, node))).collect();
    let mut groups = BTreeSet::new();
    for (&node, reach) in &reached {
        let group: Vec<_> =
            reach.iter().copied().filter(|other| reached[other].contains(&node)).collect();
        if group.len() > 1 {
            groups.insert(group);
        }
    }
    groups.into_iter().collect()
}

fn reachable(weights: &Weights, start: usize) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut next = vec![start];
    while let Some(node) = next.pop() {
        for to in targets(weights, node) {
            if seen.insert(to) {
                next.push(to);
            }
        }
    }
    seen
}

fn targets(weights: &Weights, node: usize) -> impl Iterator<Item = usize> {
    weights.range((node, 0)..=(node, usize::MAX)).map(|(&(_, to), _)| to)
}

/// The shortest cycle among the nodes of a group: each node once, in the arrows' direction.
pub(crate) fn shortest(weights: &Weights, group: &[usize]) -> Vec<usize> {
    let cycles = group.iter().filter_map(|&node| back_to(weights, node));
    cycles.min_by_key(Vec::len).unwrap_or_default()
}

/// The shortest way from a node back to itself.
fn back_to(weights: &Weights, start: usize) -> Option<Vec<usize>> {
    let mut before = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(node) = next.pop_front() {
        for to in targets(weights, node) {
            if to == start {
                let mut cycle = vec![node];
                while let Some(&previous) = before.get(&cycle[cycle.len() - 1]) {
                    cycle.push(previous);
                }
                cycle.reverse();
                return Some(cycle);
            }
            if let Entry::Vacant(place) = before.entry(to) {
                place.insert(node);
                next.push_back(to);
            }
        }
    }
    None
}

/// The order of a group, lowest first, in which the arrows that point upwards weigh least.
/// `None` for a group too large to try all orders.
pub(crate) fn order(weights: &Weights, group: &[usize]) -> Option<Vec<usize>> {
    let count = group.len();
    if count > MOST_TO_ORDER {
        return None;
    }
    // For each set of nodes: the least that its order costs, and which node is its highest.
    let mut best = vec![(usize::MAX, 0); 1 << count];
    best[0].0 = 0;
    for set in 0..best.len() {
        let below = || (0..count).filter(|node| set & 1 << node != 0);
        for high in (0..count).filter(|node| set & 1 << node == 0) {
            let up = below().map(|low| weights.get(&(group[low], group[high])).unwrap_or(&0));
            let cost = best[set].0 + up.sum::<usize>();
            let with = &mut best[set | 1 << high];
            if cost < with.0 {
                *with = (cost, high);
            }
        }
    }
    let mut order = Vec::new();
    let mut set = best.len() - 1;
    while set != 0 {
        let highest = best[set].1;
        order.push(group[highest]);
        set &= !(1 << highest);
    }
    order.reverse();
    Some(order)
}
