/* Builds a model from a folder and asks it one question:
 *   ask FOLDER QUESTION
 */
#include <stdio.h>
#include <stdlib.h>

#include <tegula/tegula.h>

static void die_if(tegula_error* error) {
  if (error == NULL) return;
  fprintf(stderr, "ask: %s: %s\n", tegula_code_name(tegula_error_code(error)),
          tegula_error_text(error));
  if (*tegula_error_hint(error) != '\0') fprintf(stderr, "hint: %s\n", tegula_error_hint(error));
  tegula_error_free(error);
  exit(1);
}

static void show_progress(void* user, const char* step, uint64_t done, uint64_t total) {
  (void)user;
  if (total > 0) fprintf(stderr, "\r%s %3.0f%%", step, 100.0 * (double)done / (double)total);
}

static void print_piece(void* user, const char* text, size_t length, int thinking) {
  (void)user;
  if (!thinking) fwrite(text, 1, length, stdout);
  fflush(stdout);
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: ask FOLDER QUESTION\n");
    return 2;
  }
  tegula_home* home = NULL;
  die_if(tegula_home_open(NULL, &home));

  tegula_watch watch = TEGULA_WATCH_INIT;
  watch.progress = show_progress;
  tegula_build_request request = TEGULA_BUILD_REQUEST_INIT;
  request.path = argv[1];
  tegula_build_result* built = NULL;
  die_if(tegula_build(home, &request, &watch, &built));
  const tegula_built* model = tegula_build_result_at(built, 0);
  fprintf(stderr, "\r%s is %s\n", model->name, model->digest);

  tegula_engine* engine = NULL;
  die_if(tegula_engine_start(home, model->name, NULL, &watch, &engine));
  tegula_chat* chat = NULL;
  die_if(tegula_chat_new(engine, &chat));
  die_if(tegula_chat_set_parameter(chat, "temperature", "0"));

  tegula_ask ask = TEGULA_ASK_INIT;
  ask.piece = print_piece;
  die_if(tegula_chat_ask(chat, argv[2], &ask, NULL));
  printf("\n");

  tegula_chat_free(chat);
  tegula_engine_free(engine);
  tegula_build_result_free(built);
  tegula_home_free(home);
  return 0;
}
