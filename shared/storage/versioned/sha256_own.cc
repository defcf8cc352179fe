#include "storage/versioned/sha256_portable.h"

namespace chunkmark::versioned {

struct Sha256::State {
  PortableSha256 hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}

Sha256::Sha256(const Sha256& other) : state_(std::make_unique<State>(*other.state_)) {}

Sha256::Sha256(Sha256&& other) noexcept = default;
Sha256& Sha256::operator=(Sha256&& other) noexcept = default;
Sha256::~Sha256() = default;

const char* Sha256::library() {
  return "portable";
}

void Sha256::update(ByteView bytes) {
  state_->hash.update(bytes);
}

Digest Sha256::digest() {
  return state_->hash.digest();
}

}  // namespace chunkmark::versioned
