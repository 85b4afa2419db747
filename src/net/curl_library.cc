#include "net/curl_library.h"

#include <array>
#include <dlfcn.h>

namespace tegula::net {
namespace {

constexpr std::array kLibraryNames = {"libcurl.so.4", "libcurl.4.dylib"};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool find_all(void* library, CurlLibrary& out) {
  return find(library, "curl_global_init", out.global_init) &&
         find(library, "curl_global_cleanup", out.global_cleanup) &&
         find(library, "curl_easy_init", out.easy_init) &&
         find(library, "curl_easy_cleanup", out.easy_cleanup) &&
         find(library, "curl_easy_reset", out.easy_reset) &&
         find(library, "curl_easy_setopt", out.easy_setopt) &&
         find(library, "curl_easy_getinfo", out.easy_getinfo) &&
         find(library, "curl_easy_strerror", out.easy_strerror) &&
         find(library, "curl_multi_init", out.multi_init) &&
         find(library, "curl_multi_cleanup", out.multi_cleanup) &&
         find(library, "curl_multi_add_handle", out.multi_add_handle) &&
         find(library, "curl_multi_remove_handle", out.multi_remove_handle) &&
         find(library, "curl_multi_perform", out.multi_perform) &&
         find(library, "curl_multi_poll", out.multi_poll) &&
         find(library, "curl_multi_info_read", out.multi_info_read) &&
         find(library, "curl_multi_strerror", out.multi_strerror) &&
         find(library, "curl_slist_append", out.slist_append) &&
         find(library, "curl_slist_free_all", out.slist_free_all);
}

}  // namespace

// The library stays loaded: it registers things that outlive its users.
Result<std::shared_ptr<const CurlLibrary>> CurlLibrary::load() {
  void* handle = nullptr;
  for (const char* name : kLibraryNames)
    if (handle == nullptr) handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return fail(Code::Unsupported, "libcurl, which downloads need, is not installed",
                "install it (Debian: libcurl4)");
  auto found = std::make_unique<CurlLibrary>();
  // 0x075500 is 7.85.0: initialising is thread-safe, and protocols are chosen by name.
  const auto version =
      reinterpret_cast<decltype(&::curl_version_info)>(::dlsym(handle, "curl_version_info"));
  if (!find_all(handle, *found) || version == nullptr ||
      version(CURLVERSION_NOW)->version_num < 0x075500)
    return fail(Code::Unsupported, "libcurl is older than 7.85", "install a newer one");
  if (found->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return fail(Code::Unavailable, "libcurl cannot be initialised");
  return std::shared_ptr<const CurlLibrary>(found.release(), [](const CurlLibrary* library) {
    library->global_cleanup();
    delete library;
  });
}

}  // namespace tegula::net
