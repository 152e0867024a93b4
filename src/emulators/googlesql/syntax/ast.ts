/** The typed syntax tree of GoogleSQL: what the parser makes and what the compiler and the interpreter read. */
export type * from './ast/expressions.js';
export type * from './ast/node.js';
export type * from './ast/pipes.js';
export type * from './ast/queries.js';
export type * from './ast/scripts.js';
export type * from './ast/statements.js';
export type * from './ast/types.js';
