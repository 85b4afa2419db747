// Tegula's interface for other programs: Modelfiles, builds, Modelpacks, and models that answer.
//
// The ABI is stable within a major version of the shared library: functions and values are only
// added. Structures that a caller fills in begin with their size; use their _INIT macros, which set
// everything else to its default. Structures that the library fills in are only handed out by
// pointer, and may grow at their end.
//
// Errors: every function that can fail returns an error, or null for success; an error is freed
// with tegula_error_free(). No C++ exception leaves the library.
//
// Ownership: what a function gives in an `out` parameter belongs to the caller, who frees it with
// the function of its type; on failure `out` is set to null. Freeing null does nothing. What an
// accessor returns belongs to its object and lives as long. Strings are UTF-8 and end with a zero
// byte. An object may be freed before those that were made with it.
//
// Threads: different objects may be used by different threads at any time. One object is used by
// one thread at a time, but for tegula_engine and tegula_stop, which any thread may use.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TEGULA_API __attribute__((visibility("default")))
#else
#define TEGULA_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// The version of the library, such as "0.1.0".
TEGULA_API const char* tegula_version(void);

// --- errors ---

typedef enum tegula_code {
  TEGULA_OK = 0,
  TEGULA_INVALID_ARGUMENT = 1,   // the input is malformed
  TEGULA_NOT_FOUND = 2,          // it isn't there
  TEGULA_ALREADY_EXISTS = 3,     // it is there and may not be
  TEGULA_CORRUPT = 4,            // bytes differ from their digest, or a format is broken
  TEGULA_UNTRUSTED = 5,          // verification refused it
  TEGULA_UNAVAILABLE = 6,        // somebody else must act first
  TEGULA_EXHAUSTED = 7,          // a limit was reached, memory too
  TEGULA_DISK_FULL = 8,          // no space left
  TEGULA_PERMISSION_DENIED = 9,  // the operating system refuses
  TEGULA_UNSUPPORTED = 10,       // well-formed, but not something this library can do
  TEGULA_CANCELLED = 11,         // stopped by the caller
  TEGULA_INTERNAL = 12           // a bug of the library
} tegula_code;

// Of a tegula_code: "not_found"; "" for one that this library doesn't know.
TEGULA_API const char* tegula_code_name(int code);

typedef struct tegula_error tegula_error;

TEGULA_API tegula_code tegula_error_code(const tegula_error* error);  // TEGULA_OK for null
TEGULA_API const char* tegula_error_text(const tegula_error* error);  // what went wrong
TEGULA_API const char* tegula_error_hint(const tegula_error* error);  // what to do; may be ""
TEGULA_API void tegula_error_free(tegula_error* error);

// Of text that a function gives as `char**`.
TEGULA_API void tegula_string_free(char* text);

// --- stopping and watching long work ---

typedef struct tegula_stop tegula_stop;

// Null if there is no memory.
TEGULA_API tegula_stop* tegula_stop_new(void);

// What was given this stop ends soon with TEGULA_CANCELLED, now and later. From any thread, and
// from a signal handler.
TEGULA_API void tegula_stop_cancel(tegula_stop* stop);

// As if it were new.
TEGULA_API void tegula_stop_reset(tegula_stop* stop);
TEGULA_API void tegula_stop_free(tegula_stop* stop);

// All members may be null. The functions are called on threads of the library, one at a time; of
// its functions they may call tegula_stop_cancel() alone.
typedef struct tegula_watch {
  size_t size;
  void* user;

  // A step of the work and how many bytes of it are done; `total` 0: unknown.
  void (*progress)(void* user, const char* step, uint64_t done, uint64_t total);

  // What the user should know but does not stop the work.
  void (*warning)(void* user, const char* text);

  const tegula_stop* stop;
} tegula_watch;

#define TEGULA_WATCH_INIT {sizeof(tegula_watch), NULL, NULL, NULL, NULL}

// --- Modelfiles ---

typedef enum tegula_dialect {
  TEGULA_DIALECT_TEGULA = 0,  // Ollama's grammar with TARGET and LABEL; loses nothing
  TEGULA_DIALECT_OLLAMA = 1   // as Ollama reads it, characters it drops included
} tegula_dialect;

typedef struct tegula_modelfile tegula_modelfile;

// One instruction. FROM is called "model", a PARAMETER by its own name, others by their word in
// lower case. The arguments are without their quotes. Their length is given, too, since they may
// hold zero bytes.
typedef struct tegula_command {
  const char* name;
  const char* args;
  size_t args_length;
  uint32_t line;  // from 1
} tegula_command;

// `dialect` is a tegula_dialect. TEGULA_INVALID_ARGUMENT: the text begins with "line:column".
TEGULA_API tegula_error* tegula_modelfile_parse(const char* text, size_t length, int dialect,
                                                tegula_modelfile** out);
TEGULA_API size_t tegula_modelfile_count(const tegula_modelfile* modelfile);

// Null past the last.
TEGULA_API const tegula_command* tegula_modelfile_command(const tegula_modelfile* modelfile,
                                                          size_t index);

// The Modelfile in its one form, in dialect tegula. TEGULA_INVALID_ARGUMENT for what came from
// dialect ollama and can't be said there.
TEGULA_API tegula_error* tegula_modelfile_print(const tegula_modelfile* modelfile, char** out);
TEGULA_API void tegula_modelfile_free(tegula_modelfile* modelfile);

// --- where models are kept ---

typedef struct tegula_options {
  size_t size;
  const char* home;       // folder of all state; null: $TEGULA_HOME, else the user's folders
  const char* engine;     // the program tegula-engine; null: $TEGULA_ENGINE, else as installed
  uint64_t memory_bytes;  // that a model may take; 0: as configured, else what is free
  uint32_t threads;       // of an engine; 0: as configured, else one a core
} tegula_options;

#define TEGULA_OPTIONS_INIT {sizeof(tegula_options), NULL, NULL, 0, 0}

typedef struct tegula_home tegula_home;

// Opens the store, and makes it if there is none. `options` may be null. The environment is read
// here, once.
TEGULA_API tegula_error* tegula_home_open(const tegula_options* options, tegula_home** out);
TEGULA_API void tegula_home_free(tegula_home* home);

typedef struct tegula_model {
  const char* name;    // "qwen3:latest"
  const char* digest;  // of its manifest: "sha256:…"
} tegula_model;

typedef struct tegula_models tegula_models;

// Every name in the store whose file can be read.
TEGULA_API tegula_error* tegula_models_list(tegula_home* home, tegula_models** out);
TEGULA_API size_t tegula_models_count(const tegula_models* models);
TEGULA_API const tegula_model* tegula_models_at(const tegula_models* models, size_t index);
TEGULA_API void tegula_models_free(tegula_models* models);

// --- builds ---

// Fails with TEGULA_UNTRUSTED if the lock would change.
#define TEGULA_BUILD_LOCKED 1u

// Forgets what the lock says, so that names are looked up anew.
#define TEGULA_BUILD_UPDATE 2u

typedef struct tegula_build_request {
  size_t size;
  const char* path;       // a folder with a Modelfile or safetensors, or a GGUF file
  const char* modelfile;  // another Modelfile; null: the folder's
  const char* name;       // of the model; null: after the folder or file
  uint32_t flags;         // TEGULA_BUILD_…
} tegula_build_request;

#define TEGULA_BUILD_REQUEST_INIT {sizeof(tegula_build_request), NULL, NULL, NULL, 0}

// One target's Modelpack.
typedef struct tegula_built {
  const char* name;
  const char* target;  // "gguf-q4_k_m"
  const char* digest;
  int changed;  // whether the name had another version before, or none
} tegula_built;

typedef struct tegula_build_result tegula_build_result;

// Builds and names a Modelpack for each TARGET, as `tegula build --unsigned` does: the same files
// give the same digests everywhere. Writes Modelfile.lock beside the Modelfile. `watch` may be
// null.
TEGULA_API tegula_error* tegula_build(tegula_home* home, const tegula_build_request* request,
                                      const tegula_watch* watch, tegula_build_result** out);

// At least one; the first has the name itself, and is what it stands for.
TEGULA_API size_t tegula_build_result_count(const tegula_build_result* result);
TEGULA_API const tegula_built* tegula_build_result_at(const tegula_build_result* result,
                                                      size_t index);

// The lock, canonical JSON, and its digest without outputs.
TEGULA_API const char* tegula_build_result_lock(const tegula_build_result* result);
TEGULA_API const char* tegula_build_result_id(const tegula_build_result* result);
TEGULA_API void tegula_build_result_free(tegula_build_result* result);

// --- Modelpacks ---

typedef struct tegula_layer {
  const char* path;  // in the pack: "qwen3-8b-q4_k_m.gguf"
  const char* media_type;
  const char* digest;
  uint64_t bytes;
} tegula_layer;

typedef struct tegula_pack tegula_pack;

// By a name of the store, with tag or digest. Its manifest is checked against its digest, its
// layers are not read.
TEGULA_API tegula_error* tegula_pack_open(tegula_home* home, const char* name, tegula_pack** out);
TEGULA_API const char* tegula_pack_digest(const tegula_pack* pack);
TEGULA_API const char* tegula_pack_manifest(const tegula_pack* pack);  // the JSON itself
TEGULA_API size_t tegula_pack_count(const tegula_pack* pack);          // of layers
TEGULA_API const tegula_layer* tegula_pack_layer(const tegula_pack* pack, size_t index);

// Reads every byte of every layer. TEGULA_CORRUPT names layer and piece.
TEGULA_API tegula_error* tegula_pack_verify(const tegula_pack* pack, const tegula_watch* watch);
TEGULA_API void tegula_pack_free(tegula_pack* pack);

typedef struct tegula_reader tegula_reader;

// For the bytes of a layer. Where the manifest vouches for no hash tree, as of models that others
// made, all of them are read once; else none. `watch` may be null.
TEGULA_API tegula_error* tegula_pack_reader(const tegula_pack* pack, size_t index,
                                            const tegula_watch* watch, tegula_reader** out);

// Up to `size` bytes from `offset` on; `length`, which must be given, is less only at the layer's
// end. Each mebibyte is checked before a byte of it is given: TEGULA_CORRUPT names layer and piece,
// and `length` is 0.
TEGULA_API tegula_error* tegula_reader_read(tegula_reader* reader, uint64_t offset, void* buffer,
                                            size_t size, size_t* length);
TEGULA_API void tegula_reader_free(tegula_reader* reader);

// --- models that answer ---

// The engine runs on threads of this process instead of in one of its own, for platforms that
// cannot start another. Nothing encloses it then: a model file that takes the engine over has taken
// the program over, and where llama.cpp gives up (GGML_ABORT, as when memory runs out) the program
// ends with a line on standard error. The model has passed the same checks before. One such engine
// at a time in a process: TEGULA_UNAVAILABLE. Else the engine takes no signals, changes no signal
// handler, locale, folder or environment, and writes to no log. Its code stays loaded.
#define TEGULA_ENGINE_IN_PROCESS 1u

typedef struct tegula_engine_options {
  size_t size;
  uint32_t context;  // tokens; 0: as the model says, else the largest that fits
  uint32_t flags;    // TEGULA_ENGINE_…
} tegula_engine_options;

#define TEGULA_ENGINE_OPTIONS_INIT {sizeof(tegula_engine_options), 0, 0}

typedef struct tegula_engine tegula_engine;

// Verifies the model and its signatures as policy.toml asks, and starts a process without network
// for it. TEGULA_CORRUPT, TEGULA_UNTRUSTED: it is not run. TEGULA_NOT_FOUND: the model or the
// engine isn't there. `options` and `watch` may be null.
TEGULA_API tegula_error* tegula_engine_start(tegula_home* home, const char* name,
                                             const tegula_engine_options* options,
                                             const tegula_watch* watch, tegula_engine** out);
TEGULA_API const char* tegula_engine_model(const tegula_engine* engine);  // digest
TEGULA_API uint32_t tegula_engine_context(const tegula_engine* engine);   // tokens

// What encloses the engine, and what this machine could not enforce; within this process, nothing.
typedef struct tegula_barrier {
  const char* name;  // "network_namespace"
  int enforced;
  const char* detail;
} tegula_barrier;

TEGULA_API size_t tegula_engine_barrier_count(const tegula_engine* engine);
TEGULA_API const tegula_barrier* tegula_engine_barrier(const tegula_engine* engine, size_t index);

// Ends the engine once no chat uses it any more, and waits for that.
TEGULA_API void tegula_engine_free(tegula_engine* engine);

typedef struct tegula_chat tegula_chat;

// A conversation, with the model's own system prompt and parameters.
TEGULA_API tegula_error* tegula_chat_new(tegula_engine* engine, tegula_chat** out);
TEGULA_API tegula_error* tegula_chat_set_system(tegula_chat* chat, const char* text);

// As PARAMETER in a Modelfile; for those that are fixed while an engine runs, such as num_ctx,
// TEGULA_INVALID_ARGUMENT.
TEGULA_API tegula_error* tegula_chat_set_parameter(tegula_chat* chat, const char* name,
                                                   const char* value);

// Forgets what was said.
TEGULA_API tegula_error* tegula_chat_clear(tegula_chat* chat);
TEGULA_API void tegula_chat_free(tegula_chat* chat);

typedef struct tegula_answer {
  const char* text;
  const char* thinking;  // what the model's template marks as reasoning
  uint32_t prompt_tokens;
  uint32_t completion_tokens;
  double ttft_ms;  // until the first token
  double tokens_per_second;
  const char* stop_reason;  // "stop", "length", "cancelled"
} tegula_answer;

typedef struct tegula_ask {
  size_t size;
  void* user;

  // Each piece of the answer as it comes, on the caller's thread.
  void (*piece)(void* user, const char* text, size_t length, int thinking);

  const tegula_stop* stop;  // ends the answer
} tegula_ask;

#define TEGULA_ASK_INIT {sizeof(tegula_ask), NULL, NULL, NULL}

// Asks and waits. A stopped answer is no error: it is what there is, its stop_reason "cancelled".
// TEGULA_EXHAUSTED: the conversation does not fit the context, and nothing was cut. `ask` and `out`
// may be null.
TEGULA_API tegula_error* tegula_chat_ask(tegula_chat* chat, const char* prompt,
                                         const tegula_ask* ask, tegula_answer** out);
TEGULA_API void tegula_answer_free(tegula_answer* answer);

#ifdef __cplusplus
}
#endif
