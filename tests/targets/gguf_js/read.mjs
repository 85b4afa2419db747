// read.mjs FILE…: for each GGUF file a line of JSON with what @huggingface/gguf reads in it.
import { GGMLQuantizationType, gguf } from "@huggingface/gguf";

const plain = (_, value) => (typeof value === "bigint" ? Number(value) : value);

for (const file of process.argv.slice(2)) {
  const { metadata, tensorInfos, tensorDataOffset } = await gguf(file, { allowLocalFile: true });
  const tensors = tensorInfos.map((one) => ({ ...one, type: GGMLQuantizationType[one.dtype] }));
  console.log(JSON.stringify({ metadata, tensors, begin: tensorDataOffset }, plain));
}
