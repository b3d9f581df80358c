"""Gathers what there is before the verify service is deployed: reads everything, changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from specter_tui.core.deploying.facts import Facts
from specter_tui.core.deploying.ports import BuildFolder, Images, Secrets, StackCompose
from specter_tui.core.deploying.service import read_service
from specter_tui.core.settings import Settings


@dataclass(frozen=True, slots=True)
class DeployLook:
    """The reading half of the parts; `user` is who acts."""

    compose: StackCompose
    images: Images
    folder: BuildFolder
    secrets: Secrets
    settings: Settings
    user: int

    async def facts(self, wheels: str) -> Facts:
        """What there is now; `wheels` is the folder that was named. Raises RefusedError and SourceError."""
        self.folder.demand_trusted()
        name = urlsplit(self.settings.protection.verify_url).hostname or ""
        document = await self.compose.document()
        service = read_service(document, name)
        return Facts(
            root=self.settings.compose.dir.rstrip("/"),
            document=document,
            config_hash=await self.compose.config_hash(name),
            version=await self.compose.version(),
            service=service,
            running=await self.images.containers(service.project, name),
            image_id=await self.images.image_id(service.image),
            network=await self.images.has_network(self.settings.docker.network),
            secret=self.secrets.look(service.secret_file),
            package=self.folder.package(),
            context=self.folder.context(),
            record=self.folder.record(),
            wheels_folder=wheels,
            wheels=self.folder.wheels(wheels) if wheels else {},
            user=self.user,
        )
