import { FunctionRegistry, type FunctionRule } from './registry.js';

const families: (readonly FunctionRule[])[] = [];

/** Every function of GoogleSQL that the emulator knows. */
export const functions = new FunctionRegistry(families);
