/** A file on its way to the bucket, with how much of it has arrived, which fetch does not tell. */

/** What an import's answer says of its file. */
export interface Upload {
  uploadUrl: string;
  uploadHeaders: Record<string, string>;
  uploadExpiresAt: string;
}

export function putFile(
  { uploadUrl, uploadHeaders }: Upload,
  file: File,
  onShare: (share: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded }) => onShare(loaded / file.size);
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Error(`${file.name}: ${request.status}`));
    request.onerror = () => reject(new Error(file.name));
    request.open("PUT", uploadUrl);
    for (const [name, value] of Object.entries(uploadHeaders)) request.setRequestHeader(name, value);
    request.send(file);
  });
}
