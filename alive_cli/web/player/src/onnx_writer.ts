/** Writes ONNX graphs for the runtime, with nothing in them but what was parsed and checked. */

import { widened } from "./half";
import { type Attribute, type Constant, FLOAT, FLOAT16, type Model, type Node, type Value } from "./onnx";
import { Message } from "./protobuf";

/**
 * Turn the constants in half precision into ones in single precision where the graph does nothing else with them: the
 * runtime would do it again at every run.
 */
export function widen(model: Model): Model {
  const constants = new Map(model.constants);
  const wide = new Map<string, Constant>();
  const nodes = model.nodes.filter((node) => {
    const half = constants.get(node.inputs[0] ?? "");
    const single = Number(node.attributes.get("to")?.whole) === FLOAT;
    if (node.operator !== "Cast" || half?.type !== FLOAT16 || !single) return true;
    wide.set(node.outputs[0], { type: FLOAT, shape: half.shape, raw: singles(half.raw) });
    return false;
  });
  for (const [name, constant] of wide) constants.set(name, constant);
  const read = new Set([...nodes.flatMap((node) => node.inputs), ...model.outputs.map((output) => output.name)]);
  for (const name of constants.keys()) if (!read.has(name)) constants.delete(name);
  return { ...model, nodes, constants };
}

function singles(halves: Uint8Array): Uint8Array {
  return new Uint8Array(widened(new Uint16Array(halves.slice().buffer)).buffer);
}

/** The bytes of a model. */
export function writeModel(model: Model): Uint8Array<ArrayBuffer> {
  const graph = new Message();
  for (const node of model.nodes) graph.message(1, writeNode(node));
  graph.text(2, "graph");
  for (const [name, constant] of model.constants) graph.message(5, writeTensor(constant, name));
  for (const input of model.inputs) graph.message(11, writeValue(input));
  for (const output of model.outputs) graph.message(12, writeValue(output));
  const opset = new Message().text(1, "").number(2, model.opset);
  return new Message().number(1, model.irVersion).message(8, opset).message(7, graph).done();
}

function writeNode(node: Node): Message {
  const message = new Message();
  for (const input of node.inputs) message.text(1, input);
  for (const output of node.outputs) message.text(2, output);
  message.text(4, node.operator);
  for (const [name, attribute] of node.attributes) message.message(5, writeAttribute(attribute, name));
  return message;
}

function writeAttribute(attribute: Attribute, name: string): Message {
  const message = new Message().text(1, name).number(20, attribute.type);
  if (attribute.type === 1) message.float(2, attribute.float);
  else if (attribute.type === 2) message.number(3, attribute.whole);
  else if (attribute.type === 3) message.bytes(4, attribute.text);
  else if (attribute.type === 4 && attribute.tensor) message.message(5, writeTensor(attribute.tensor, ""));
  else if (attribute.type === 6) for (const value of attribute.floats) message.float(7, value);
  else if (attribute.type === 7) for (const value of attribute.wholes) message.number(8, value);
  else if (attribute.type === 8) for (const value of attribute.texts) message.bytes(9, value);
  return message;
}

function writeTensor(constant: Constant, name: string): Message {
  const message = new Message();
  for (const size of constant.shape) message.number(1, size);
  return message.number(2, constant.type).text(8, name).bytes(9, constant.raw);
}

function writeValue(value: Value): Message {
  const shape = new Message();
  for (const size of value.shape) {
    shape.message(1, typeof size === "number" ? new Message().number(1, size) : new Message().text(2, size));
  }
  const tensor = new Message().number(1, value.type).message(2, shape);
  return new Message().text(1, value.name).message(2, new Message().message(1, tensor));
}
