// The Node that newer programs need; the repository's own packages have one.

import { fileURLToPath } from "node:url";

export const NODE = fileURLToPath(
  new URL(`../../node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url),
);
