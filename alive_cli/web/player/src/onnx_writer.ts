/** Writes ONNX graphs for the runtime, with nothing in them but what was parsed and checked. */

import type { Attribute, Constant, Model, Node, Value } from "./onnx";
import { Message } from "./protobuf";

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
