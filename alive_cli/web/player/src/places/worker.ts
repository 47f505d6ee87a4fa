/** The worker of a page that is one file: the runtime is part of its script, as such pages may load nothing more. */

import * as runtime from "onnxruntime-web/wasm";
import { holdRuntime, type Runtime } from "../engine";
import "../worker";

holdRuntime(runtime as unknown as Runtime);
