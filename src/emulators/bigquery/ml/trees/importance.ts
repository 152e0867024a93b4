import type { TreeModel, TreeNode } from '../definition.js';
import type { Cell } from '../sql-text.js';

interface Tally {
  splits: number;
  gain: number;
  cover: number;
}

/** Rows of ML.FEATURE_IMPORTANCE: how often a feature splits, and what its splits gain and cover on average. */
export function featureImportance(model: TreeModel): Cell[][] {
  const tallies = new Map<string, Tally>();
  const visit = (node: TreeNode): void => {
    if ('leaf' in node) return;
    const { feature } = model.inputs[node.input]!;
    const tally = tallies.get(feature) ?? { splits: 0, gain: 0, cover: 0 };
    tally.splits++;
    tally.gain += node.gain;
    tally.cover += node.cover;
    tallies.set(feature, tally);
    visit(node.left);
    visit(node.right);
  };
  for (const tree of model.trees.flat()) visit(tree);
  const features = [...new Set(model.inputs.map((input) => input.feature))];
  return features.map((feature) => {
    const { splits, gain, cover } = tallies.get(feature) ?? { splits: 0, gain: 0, cover: 0 };
    return [feature, splits, splits === 0 ? 0 : gain / splits, splits === 0 ? 0 : cover / splits];
  });
}
