/** What a page of a browser loads: the library, the networks, and a record of what the GPU complains of. */
import { nanOutcomes } from "./nan.ts";
import { exercise, networks, trainBars } from "./networks.ts";

const complaints: string[] = [];
const { createShaderModule } = GPUDevice.prototype;
GPUDevice.prototype.createShaderModule = function (descriptor) {
  const module = createShaderModule.call(this, descriptor);
  module.getCompilationInfo().then(({ messages }) => {
    for (const { type, lineNum, message } of messages) {
      complaints.push(`${descriptor.label}, line ${lineNum}: ${type}: ${message}`);
    }
  });
  return module;
};

Object.assign(globalThis, { page: { complaints, exercise, nanOutcomes, networks: Object.keys(networks), trainBars } });
