#include <openssl/evp.h>

#include "base/error.h"
#include "storage/versioned/sha256.h"

namespace chunkmark::versioned {
namespace {

void expect(int result) {
  if (result != 1) throw Error(ErrorCode::kUnavailable, "SHA-256: OpenSSL does not compute it here");
}

// Looked up once: for a small chunk that takes as long as the hash.
const EVP_MD* sha256() {
  static const EVP_MD* const found = ::EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}

}  // namespace

struct Sha256::State {
  ~State() { ::EVP_MD_CTX_free(context); }

  EVP_MD_CTX* context = ::EVP_MD_CTX_new();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  expect(::EVP_DigestInit_ex(state_->context, sha256(), nullptr));
}

Sha256::Sha256(const Sha256& other) : state_(std::make_unique<State>()) {
  expect(::EVP_MD_CTX_copy_ex(state_->context, other.state_->context));
}

Sha256::Sha256(Sha256&& other) noexcept = default;
Sha256& Sha256::operator=(Sha256&& other) noexcept = default;
Sha256::~Sha256() = default;

const char* Sha256::library() {
  return "openssl";
}

void Sha256::update(ByteView bytes) {
  expect(::EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
}

Digest Sha256::digest() {
  Digest digest;
  expect(::EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(digest.data()), nullptr));
  return digest;
}

}  // namespace chunkmark::versioned
