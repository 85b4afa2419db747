// libcurl, loaded when the first transport is made: a program that talks to nobody must not pay for
// it and the twenty libraries it brings at every start. Inside of this folder only.
//
// Thread rule: values; curl's functions are as thread-safe as curl says.
#pragma once

// Type checks by macro would hide the functions' own names.
#define CURL_DISABLE_TYPECHECK
#include <memory>

#include <curl/curl.h>

#include "base/result.h"

namespace tegula::net {

struct CurlLibrary {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_global_cleanup) global_cleanup = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_reset) easy_reset = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_multi_init) multi_init = nullptr;
  decltype(&::curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&::curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&::curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&::curl_multi_perform) multi_perform = nullptr;
  decltype(&::curl_multi_poll) multi_poll = nullptr;
  decltype(&::curl_multi_info_read) multi_info_read = nullptr;
  decltype(&::curl_multi_strerror) multi_strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;

  // Loads the library and initialises it. curl counts its initialisations, so each user has one of
  // its own and lets go of it. Unsupported if it isn't there, or is too old.
  static Result<std::shared_ptr<const CurlLibrary>> load();
};

}  // namespace tegula::net
