// Where the npm packages are: beside this file, or in the folder that CHUNKMARK_NODE_MODULES names (a cache outside the
// source tree). One place, so that the build and the tests always agree.
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';

const outside = process.env.CHUNKMARK_NODE_MODULES;
const from = outside ? path.join(path.resolve(outside), '..', 'from.cjs') : fileURLToPath(import.meta.url);
const require = createRequire(pathToFileURL(from));

/** The folder that holds node_modules. */
export const packageRoot = path.dirname(from);

export const load = (name) => require(name);
export const locate = (name) => require.resolve(name);

/** Of a package that is an ES module, which Node 18 does not `require`. */
load.module = (name) => import(pathToFileURL(require.resolve(name)).href);
